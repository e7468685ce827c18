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

resource "aws_vpc" "app" {
  cidr_block                       = "10.40.0.0/16"
  assign_generated_ipv6_cidr_block = true
  enable_dns_hostnames             = true
  tags                             = { Name = "app" }
}
resource "aws_vpc_dhcp_options" "app" {
  domain_name         = "app.internal"
  domain_name_servers = ["AmazonProvidedDNS"]
  tags                = { Name = "app" }
}
resource "aws_vpc_dhcp_options_association" "app" {
  vpc_id          = aws_vpc.app.id
  dhcp_options_id = aws_vpc_dhcp_options.app.id
}
resource "aws_egress_only_internet_gateway" "app" {
  vpc_id = aws_vpc.app.id
  tags   = { Name = "app" }
}
resource "aws_subnet" "app" {
  count                           = 2
  vpc_id                          = aws_vpc.app.id
  cidr_block                      = "10.40.${count.index}.0/24"
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.app.ipv6_cidr_block, 8, 16 + count.index)
  assign_ipv6_address_on_creation = true
  availability_zone               = "us-east-1${count.index == 0 ? "a" : "b"}"
  tags                            = { Name = "app-${count.index}" }
}
resource "aws_route_table" "app" {
  vpc_id = aws_vpc.app.id
  route {
    ipv6_cidr_block        = "::/0"
    egress_only_gateway_id = aws_egress_only_internet_gateway.app.id
  }
  tags = { Name = "app" }
}
resource "aws_route_table_association" "app" {
  count          = 2
  subnet_id      = aws_subnet.app[count.index].id
  route_table_id = aws_route_table.app.id
}
resource "aws_security_group" "cache" {
  name   = "app-cache"
  vpc_id = aws_vpc.app.id
}
resource "aws_vpc_security_group_ingress_rule" "cache" {
  security_group_id = aws_security_group.cache.id
  cidr_ipv4         = aws_vpc.app.cidr_block
  from_port         = 6379
  to_port           = 6379
  ip_protocol       = "tcp"
}
resource "aws_elasticache_subnet_group" "app" {
  name       = "app"
  subnet_ids = aws_subnet.app[*].id
}
resource "aws_elasticache_parameter_group" "app" {
  name   = "app-redis7"
  family = "redis7"
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
  parameter {
    name  = "timeout"
    value = "20"
  }
}
resource "aws_elasticache_replication_group" "app" {
  replication_group_id       = "app-sessions"
  description                = "sessions"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  parameter_group_name       = aws_elasticache_parameter_group.app.name
  subnet_group_name          = aws_elasticache_subnet_group.app.name
  security_group_ids         = [aws_security_group.cache.id]
  snapshot_retention_limit   = 3
}
resource "aws_kinesis_stream" "logs" {
  name        = "app-logs"
  shard_count = 1
}
resource "aws_iam_role" "logs" {
  name = "app-logs"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "logs.amazonaws.com" } }]
  })
}
resource "aws_cloudwatch_log_group" "app" {
  name              = "/app/sessions"
  retention_in_days = 14
}
resource "aws_cloudwatch_log_subscription_filter" "app" {
  name            = "all of it"
  log_group_name  = aws_cloudwatch_log_group.app.name
  filter_pattern  = ""
  destination_arn = aws_kinesis_stream.logs.arn
  role_arn        = aws_iam_role.logs.arn
}
