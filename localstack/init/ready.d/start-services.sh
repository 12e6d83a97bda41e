#!/bin/sh
# LocalStack runs this in its container as soon as it answers. Tables, queues and topics are not created here: they
# follow from the CloudFormation, through `npm run start:localstack` or `serverless deploy`, neither of which this
# container has. What can be done from here is to start, now, the services they need: LocalStack starts each at its
# first request, which takes seconds and, for DynamoDB, can fail. A failure shows in /_localstack/init/ready.
set -eu

awslocal dynamodb list-tables >/dev/null
awslocal sqs list-queues >/dev/null
awslocal sns list-topics >/dev/null
awslocal s3api list-buckets >/dev/null

echo "Sluice: DynamoDB, SQS, SNS and S3 are up. Next: npm run start:localstack"
