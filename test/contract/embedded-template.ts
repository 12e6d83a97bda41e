/** A compiled template with one resource of each kind, and the state machine of the tests. */

import type { Template } from '../../localstack/embedded/provision/template.ts';

export const stepArn = 'arn:aws:lambda:us-east-1:000000000000:function:step';

/** Two tasks in a row, one by function ARN and one through lambda:invoke; the second result counts. */
export const twoSteps = {
  StartAt: 'First',
  States: {
    First: { Type: 'Task', Resource: stepArn, Next: 'Second' },
    Second: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: stepArn, 'Payload.$': '$' },
      OutputPath: '$.Payload',
      End: true,
    },
  },
};

export function template(visibilityTimeout = 30): Template {
  return {
    Resources: {
      Payouts: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'payouts',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'status', AttributeType: 'S' },
          ],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-status',
              KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
          SSESpecification: { SSEEnabled: true },
        },
      },
      Work: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'work',
          VisibilityTimeout: visibilityTimeout,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
      Events: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'events' } },
      EventsToWork: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'Events' },
          Protocol: 'sqs',
          Endpoint: { 'Fn::GetAtt': ['Work', 'Arn'] },
          RawMessageDelivery: true,
        },
      },
      Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': `files-\${AWS::AccountId}` } } },
      Step: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'step' } },
      TwoSteps: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'two-steps',
          DefinitionString: {
            'Fn::Sub': [
              JSON.stringify(twoSteps).replaceAll(stepArn, `\${step}`),
              { step: { 'Fn::GetAtt': 'Step.Arn' } },
            ],
          },
        },
      },
      Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
      Cluster: { Type: 'AWS::ECS::Cluster', Properties: {} },
    },
  };
}
