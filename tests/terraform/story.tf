terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Project = "app-infra", Environment = "production" }
  }
}

resource "aws_db_parameter_group" "app" {
  name   = "app-pg16"
  family = "postgres16"
  parameter {
    name         = "max_connections"
    value        = "200"
    apply_method = "pending-reboot"
  }
}
resource "aws_iam_role" "task" {
  name = "app-ecs-task"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "queue" {
  name = "queue"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.events.arn }]
  })
}
resource "aws_sns_topic" "events" {
  name = "app-events"
}
resource "aws_sns_topic_policy" "events" {
  arn = aws_sns_topic.events.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "files"
      Effect    = "Allow"
      Action    = "sns:Publish"
      Principal = { Service = "s3.amazonaws.com" }
      Resource  = aws_sns_topic.events.arn
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:s3:::app-files-123456789012" } }
    }]
  })
}
resource "aws_s3_bucket" "files" {
  bucket = "app-files-123456789012"
}
resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_notification" "files" {
  bucket = aws_s3_bucket.files.id
  topic {
    id            = "files"
    topic_arn     = aws_sns_topic.events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_suffix = ".png"
  }
  depends_on = [aws_sns_topic_policy.events]
}
resource "aws_cloudwatch_log_group" "app" {
  name              = "/aws/ecs/app"
  retention_in_days = 30
}
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.app.name
  pattern        = "ERROR"
  metric_transformation {
    name      = "Errors"
    namespace = "App"
    value     = "1"
  }
}
resource "aws_secretsmanager_secret" "db" {
  name = "app/db-password"
}
resource "aws_ecr_repository" "app" {
  name = "app"
}
resource "aws_ssm_parameter" "feature" {
  name  = "/app/feature"
  type  = "String"
  value = "on"
}
