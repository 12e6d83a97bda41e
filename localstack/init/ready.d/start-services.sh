#!/bin/sh
# LocalStack runs this script in its container when it is ready. LocalStack starts each service at its first request, which
# takes seconds and, for DynamoDB, can fail. This script makes that request for the services that Sluice uses. A failure shows
# in /_localstack/init/ready. `npm run start:localstack` or `serverless deploy` creates the tables, queues and topics.
set -eu

awslocal dynamodb list-tables >/dev/null
awslocal sqs list-queues >/dev/null
awslocal sns list-topics >/dev/null
awslocal s3api list-buckets >/dev/null

echo "Sluice: DynamoDB, SQS, SNS and S3 are up. Next: npm run start:localstack"
