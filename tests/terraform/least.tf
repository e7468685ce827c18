# The least that each class takes, and the least of each block that is written of it: what a plan of it says besides is of the provider.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
locals {
  role = "arn:aws:iam::123456789012:role/x"
  doc  = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_acm_certificate" "least" { domain_name = "a.example.com" }
resource "aws_appautoscaling_target" "least" {
  min_capacity       = 1
  max_capacity       = 2
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}
resource "aws_appautoscaling_target" "blocks" {
  min_capacity       = 1
  max_capacity       = 2
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  suspended_state {}
}
resource "aws_appautoscaling_policy" "least" {
  name               = "x"
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  step_scaling_policy_configuration {
    step_adjustment { scaling_adjustment = 1 }
  }
}
resource "aws_appautoscaling_policy" "blocks" {
  name               = "x"
  policy_type        = "TargetTrackingScaling"
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  target_tracking_scaling_policy_configuration {
    target_value = 5
    predefined_metric_specification { predefined_metric_type = "ECSServiceAverageCPUUtilization" }
  }
}
resource "aws_appautoscaling_policy" "custom" {
  name               = "x"
  policy_type        = "TargetTrackingScaling"
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  target_tracking_scaling_policy_configuration {
    target_value = 5
    customized_metric_specification {
      metric_name = "q"
      namespace   = "n"
      statistic   = "Average"
      dimensions {
        name  = "a"
        value = "b"
      }
    }
  }
}
resource "aws_appautoscaling_policy" "metrics" {
  name               = "x"
  policy_type        = "TargetTrackingScaling"
  resource_id        = "service/a/b"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  target_tracking_scaling_policy_configuration {
    target_value = 5
    customized_metric_specification {
      metrics {
        id = "m"
        metric_stat {
          stat = "Average"
          metric {
            metric_name = "q"
            namespace   = "n"
          }
        }
      }
      metrics {
        id         = "e"
        expression = "m*2"
      }
    }
  }
}
resource "aws_autoscaling_group" "least" {
  min_size           = 0
  max_size           = 1
  availability_zones = ["us-east-1a"]
  launch_template { id = "lt-0123456789abcdef0" }
}
resource "aws_autoscaling_group" "blocks" {
  min_size = 0
  max_size = 1
  mixed_instances_policy {
    instances_distribution {}
    launch_template {
      launch_template_specification { launch_template_id = "lt-0123456789abcdef0" }
      override { instance_type = "m5.large" }
    }
  }
  warm_pool {
    instance_reuse_policy {}
  }
  instance_maintenance_policy {
    min_healthy_percentage = 90
    max_healthy_percentage = 120
  }
}
resource "aws_autoscaling_policy" "least" {
  name                   = "x"
  autoscaling_group_name = "g"
  scaling_adjustment     = 1
  adjustment_type        = "ChangeInCapacity"
}
resource "aws_autoscaling_policy" "steps" {
  name                   = "x"
  autoscaling_group_name = "g"
  policy_type            = "StepScaling"
  adjustment_type        = "ChangeInCapacity"
  step_adjustment {
    scaling_adjustment          = 1
    metric_interval_lower_bound = 0
  }
}
resource "aws_autoscaling_policy" "tracks" {
  name                   = "x"
  autoscaling_group_name = "g"
  policy_type            = "TargetTrackingScaling"
  target_tracking_configuration {
    target_value = 5
    predefined_metric_specification { predefined_metric_type = "ASGAverageCPUUtilization" }
  }
}
resource "aws_autoscaling_policy" "custom" {
  name                   = "x"
  autoscaling_group_name = "g"
  policy_type            = "TargetTrackingScaling"
  target_tracking_configuration {
    target_value = 5
    customized_metric_specification {
      metrics {
        id = "m"
        metric_stat {
          stat = "Average"
          metric {
            metric_name = "q"
            namespace   = "n"
          }
        }
      }
    }
  }
}
resource "aws_cloudwatch_log_group" "least" {}
resource "aws_cloudwatch_log_metric_filter" "least" {
  name           = "x"
  pattern        = ""
  log_group_name = "g"
  metric_transformation {
    name      = "n"
    namespace = "s"
    value     = "1"
  }
}
resource "aws_cloudwatch_log_subscription_filter" "least" {
  name            = "x"
  destination_arn = "arn:aws:lambda:us-east-1:123456789012:function:x"
  filter_pattern  = ""
  log_group_name  = "g"
}
resource "aws_cloudwatch_metric_alarm" "least" {
  alarm_name          = "x"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "m"
  namespace           = "n"
  period              = 60
  statistic           = "Sum"
  threshold           = 1
}
resource "aws_cloudwatch_metric_alarm" "blocks" {
  alarm_name          = "x"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_query {
    id          = "a"
    return_data = true
    metric {
      metric_name = "m"
      period      = 60
      stat        = "Sum"
    }
  }
}
resource "aws_db_instance" "least" {
  instance_class      = "db.t3.micro"
  engine              = "mysql"
  allocated_storage   = 5
  username            = "x"
  password            = "hunter222222"
  skip_final_snapshot = true
}
resource "aws_db_option_group" "least" {
  engine_name          = "mysql"
  major_engine_version = "8.0"
}
resource "aws_db_option_group" "blocks" {
  engine_name          = "mysql"
  major_engine_version = "8.0"
  option {
    option_name = "MEMCACHED"
    option_settings {
      name  = "a"
      value = "b"
    }
  }
}
resource "aws_db_parameter_group" "least" {
  family = "mysql8.0"
  parameter {
    name  = "a"
    value = "1"
  }
}
resource "aws_db_subnet_group" "least" { subnet_ids = ["subnet-1"] }
resource "aws_dynamodb_table" "least" {
  name         = "x"
  hash_key     = "a"
  billing_mode = "PAY_PER_REQUEST"
  attribute {
    name = "a"
    type = "S"
  }
}
resource "aws_dynamodb_table" "blocks" {
  name           = "x"
  hash_key       = "a"
  read_capacity  = 1
  write_capacity = 1
  attribute {
    name = "a"
    type = "S"
  }
  global_secondary_index {
    name            = "g"
    hash_key        = "a"
    projection_type = "ALL"
    read_capacity   = 1
    write_capacity  = 1
  }
  point_in_time_recovery { enabled = true }
  ttl { attribute_name = "t" }
  server_side_encryption { enabled = true }
  replica { region_name = "us-west-2" }
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
}
resource "aws_ecr_lifecycle_policy" "least" {
  repository = "r"
  policy     = jsonencode({ rules = [] })
}
resource "aws_ecr_repository" "least" { name = "x" }
resource "aws_ecr_repository" "blocks" {
  name = "x"
  encryption_configuration {}
  image_scanning_configuration { scan_on_push = false }
}
resource "aws_ecr_repository_policy" "least" {
  repository = "r"
  policy     = local.doc
}
resource "aws_ecs_cluster" "least" { name = "x" }
resource "aws_ecs_cluster" "blocks" {
  name = "x"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
  configuration {
    execute_command_configuration {
      log_configuration {}
    }
    managed_storage_configuration {}
  }
  service_connect_defaults { namespace = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/x" }
}
resource "aws_ecs_cluster_capacity_providers" "least" {
  cluster_name = "x"
  default_capacity_provider_strategy { capacity_provider = "FARGATE" }
}
resource "aws_ecs_service" "least" { name = "x" }
resource "aws_ecs_service" "blocks" {
  name            = "x"
  task_definition = "t"
  network_configuration { subnets = ["subnet-1"] }
  load_balancer {
    container_name   = "a"
    container_port   = 80
    target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1"
  }
  capacity_provider_strategy { capacity_provider = "FARGATE" }
  deployment_controller {}
  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }
  alarms {
    alarm_names = ["a"]
    enable      = true
    rollback    = true
  }
  service_registries { registry_arn = "arn:aws:servicediscovery:us-east-1:123456789012:service/x" }
  placement_constraints { type = "distinctInstance" }
  ordered_placement_strategy { type = "random" }
}
resource "aws_ecs_task_definition" "least" {
  family                = "x"
  container_definitions = jsonencode([{ name = "a", image = "b", memory = 100 }])
}
resource "aws_ecs_task_definition" "blocks" {
  family                = "x"
  container_definitions = jsonencode([{ name = "a", image = "b", memory = 100 }])
  volume {
    name = "a"
    efs_volume_configuration {
      file_system_id = "fs-1"
      authorization_config {}
    }
  }
  runtime_platform {}
  ephemeral_storage { size_in_gib = 30 }
  proxy_configuration { container_name = "a" }
  placement_constraints {
    type = "memberOf"
  }
}
resource "aws_egress_only_internet_gateway" "least" { vpc_id = "vpc-1" }
resource "aws_eip" "least" {}
resource "aws_elasticache_parameter_group" "least" {
  name   = "x"
  family = "redis7"
}
resource "aws_elasticache_replication_group" "least" {
  replication_group_id = "x"
  description          = "d"
  node_type            = "cache.t3.micro"
  num_cache_clusters   = 2
}
resource "aws_elasticache_replication_group" "blocks" {
  replication_group_id = "x"
  description          = "d"
  node_type            = "cache.t3.micro"
  num_node_groups      = 2
  log_delivery_configuration {
    destination      = "g"
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}
resource "aws_elasticache_subnet_group" "least" {
  name       = "x"
  subnet_ids = ["subnet-1"]
}
resource "aws_iam_instance_profile" "least" {}
resource "aws_iam_policy" "least" { policy = local.doc }
resource "aws_iam_role" "least" { assume_role_policy = local.doc }
resource "aws_iam_role_policy" "least" {
  role   = "r"
  policy = local.doc
}
resource "aws_iam_role_policy_attachment" "least" {
  role       = "r"
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
resource "aws_internet_gateway" "least" {}
resource "aws_kms_alias" "least" { target_key_id = "k" }
resource "aws_kms_key" "least" {}
resource "aws_lambda_alias" "least" {
  name             = "a"
  function_name    = "f"
  function_version = "1"
}
resource "aws_lambda_alias" "blocks" {
  name             = "a"
  function_name    = "f"
  function_version = "1"
  routing_config {}
}
resource "aws_lambda_event_source_mapping" "least" {
  function_name    = "f"
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:q"
}
resource "aws_lambda_event_source_mapping" "blocks" {
  function_name     = "f"
  event_source_arn  = "arn:aws:kinesis:us-east-1:123456789012:stream/q"
  starting_position = "LATEST"
  filter_criteria {
    filter {}
  }
  scaling_config {}
  destination_config {
    on_failure { destination_arn = "arn:aws:sqs:us-east-1:123456789012:q" }
  }
}
resource "aws_lambda_function" "least" {
  function_name = "x"
  role          = local.role
  handler       = "h"
  runtime       = "python3.12"
  s3_bucket     = "b"
  s3_key        = "k"
}
resource "aws_lambda_function" "blocks" {
  function_name = "x"
  role          = local.role
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b"
  environment {}
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
  ephemeral_storage {}
  tracing_config { mode = "Active" }
  dead_letter_config { target_arn = "arn:aws:sqs:us-east-1:123456789012:q" }
  logging_config { log_format = "JSON" }
  image_config {}
  snap_start { apply_on = "None" }
  file_system_config {
    arn              = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"
    local_mount_path = "/mnt/a"
  }
}
resource "aws_lambda_permission" "least" {
  action        = "lambda:InvokeFunction"
  function_name = "f"
  principal     = "sns.amazonaws.com"
}
resource "aws_launch_template" "least" {}
resource "aws_launch_template" "blocks" {
  iam_instance_profile {}
  monitoring {}
  metadata_options {}
  block_device_mappings {
    ebs {}
  }
  network_interfaces {}
  tag_specifications {}
}
resource "aws_lb" "least" { subnets = ["subnet-1"] }
resource "aws_lb" "network" {
  subnets            = ["subnet-1"]
  load_balancer_type = "network"
}
resource "aws_lb" "blocks" {
  subnets = ["subnet-1"]
  access_logs { bucket = "b" }
  connection_logs { bucket = "b" }
}
resource "aws_lb_listener" "least" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
  default_action {
    type = "fixed-response"
    fixed_response { content_type = "text/plain" }
  }
}
resource "aws_lb_listener" "blocks" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect { status_code = "HTTP_301" }
  }
}
resource "aws_lb_listener" "forward" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "forward"
    forward {
      target_group { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1" }
      target_group { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/b/1" }
      stickiness { duration = 10 }
    }
  }
}
resource "aws_lb_listener" "auth" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "authenticate-oidc"
    authenticate_oidc {
      authorization_endpoint = "https://a.example.com/a"
      client_id              = "a"
      client_secret          = "b"
      issuer                 = "https://a.example.com"
      token_endpoint         = "https://a.example.com/t"
      user_info_endpoint     = "https://a.example.com/u"
    }
  }
  default_action {
    type = "authenticate-cognito"
    authenticate_cognito {
      user_pool_arn       = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/x"
      user_pool_client_id = "a"
      user_pool_domain    = "b"
    }
  }
}
resource "aws_lb_listener_certificate" "least" {
  listener_arn    = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2"
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
}
resource "aws_lb_listener_rule" "least" {
  listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2"
  action {
    type = "redirect"
    redirect { status_code = "HTTP_301" }
  }
  condition {
    query_string { value = "a" }
  }
}
resource "aws_lb_target_group" "least" { target_type = "lambda" }
resource "aws_lb_target_group" "http" {
  port     = 80
  protocol = "HTTP"
  vpc_id   = "vpc-1"
  health_check {}
  stickiness { type = "lb_cookie" }
}
resource "aws_main_route_table_association" "least" {
  vpc_id         = "vpc-1"
  route_table_id = "rtb-1"
}
resource "aws_nat_gateway" "least" { subnet_id = "subnet-1" }
resource "aws_network_acl" "least" { vpc_id = "vpc-1" }
resource "aws_rds_cluster" "least" {
  engine              = "aurora-mysql"
  skip_final_snapshot = true
  master_username     = "x"
  master_password     = "hunter222222"
  serverlessv2_scaling_configuration {
    min_capacity = 1
    max_capacity = 2
  }
}
resource "aws_rds_cluster_instance" "least" {
  cluster_identifier = "c"
  engine             = "aurora-mysql"
  instance_class     = "db.r5.large"
}
resource "aws_rds_cluster_parameter_group" "least" {
  family = "aurora-mysql8.0"
  parameter {
    name  = "a"
    value = "1"
  }
}
resource "aws_rds_global_cluster" "least" {
  global_cluster_identifier = "g"
  engine                    = "aurora-mysql"
}
resource "aws_route53_health_check" "least" {
  type = "HTTPS"
  fqdn = "a.example.com"
}
resource "aws_route53_record" "least" {
  zone_id = "Z"
  name    = "a.example.com"
  type    = "A"
  ttl     = 1
  records = ["192.0.2.1"]
}
resource "aws_route53_zone" "least" { name = "example.com" }
resource "aws_route_table" "least" { vpc_id = "vpc-1" }
resource "aws_route_table_association" "least" {
  subnet_id      = "subnet-1"
  route_table_id = "rtb-1"
}
resource "aws_s3_bucket" "least" {}
resource "aws_s3_bucket_versioning" "least" {
  bucket = "b"
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "least" {
  bucket = "b"
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
  }
}
resource "aws_s3_bucket_public_access_block" "least" { bucket = "b" }
resource "aws_s3_bucket_ownership_controls" "least" {
  bucket = "b"
  rule { object_ownership = "BucketOwnerEnforced" }
}
resource "aws_s3_bucket_lifecycle_configuration" "least" {
  bucket = "b"
  rule {
    id     = "a"
    status = "Enabled"
    filter {
      prefix = "a"
    }
    expiration { days = 3 }
    noncurrent_version_expiration { noncurrent_days = 3 }
    abort_incomplete_multipart_upload { days_after_initiation = 3 }
    transition {
      days          = 40
      storage_class = "GLACIER"
    }
  }
}
resource "aws_s3_bucket_replication_configuration" "least" {
  bucket = "b"
  role   = local.role
  rule {
    status   = "Enabled"
    id       = "a"
    priority = 1
    filter {}
    delete_marker_replication { status = "Disabled" }
    destination {
      bucket = "arn:aws:s3:::c"
      replication_time {
        status = "Enabled"
        time { minutes = 15 }
      }
      metrics { status = "Enabled" }
    }
  }
}
resource "aws_s3_bucket_cors_configuration" "least" {
  bucket = "b"
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}
resource "aws_s3_bucket_logging" "least" {
  bucket        = "b"
  target_bucket = "c"
  target_prefix = ""
}
resource "aws_s3_bucket_notification" "least" {
  bucket = "b"
  queue {
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:q"
    events    = ["s3:ObjectCreated:*"]
  }
}
resource "aws_s3_bucket_policy" "least" {
  bucket = "b"
  policy = local.doc
}
resource "aws_secretsmanager_secret" "least" {}
resource "aws_secretsmanager_secret" "blocks" {
  replica { region = "us-west-2" }
}
resource "aws_secretsmanager_secret_policy" "least" {
  secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef"
  policy     = local.doc
}
resource "aws_secretsmanager_secret_rotation" "least" {
  secret_id           = "x"
  rotation_lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:x"
  rotation_rules { automatically_after_days = 3 }
}
resource "aws_security_group" "least" {}
resource "aws_vpc_security_group_ingress_rule" "least" {
  security_group_id = "sg-1"
  ip_protocol       = "-1"
  cidr_ipv4         = "10.0.0.0/8"
}
resource "aws_sns_topic" "least" {}
resource "aws_sns_topic_policy" "least" {
  arn    = "arn:aws:sns:us-east-1:123456789012:t"
  policy = local.doc
}
resource "aws_sns_topic_subscription" "least" {
  topic_arn = "arn:aws:sns:us-east-1:123456789012:t"
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:us-east-1:123456789012:q"
}
resource "aws_sqs_queue" "least" {}
resource "aws_sqs_queue" "fifo" { fifo_queue = true }
resource "aws_sqs_queue_policy" "least" {
  queue_url = "q"
  policy    = local.doc
}
resource "aws_ssm_parameter" "least" {
  name  = "x"
  type  = "String"
  value = "v"
}
resource "aws_subnet" "least" {
  vpc_id     = "vpc-1"
  cidr_block = "10.0.0.0/24"
}
resource "aws_vpc" "least" { cidr_block = "10.0.0.0/16" }
resource "aws_vpc_dhcp_options" "least" { domain_name = "x" }
resource "aws_vpc_dhcp_options_association" "least" {
  vpc_id          = "vpc-1"
  dhcp_options_id = "dopt-1"
}
resource "aws_vpc_endpoint" "least" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.us-east-1.s3"
}
resource "aws_ecs_task_definition" "docker" {
  family                = "x"
  container_definitions = jsonencode([{ name = "a", image = "b", memory = 100 }])
  volume {
    name = "c"
    docker_volume_configuration {}
  }
}
