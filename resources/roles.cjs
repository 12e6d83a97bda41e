/**
 * One role per function with only what that function needs. A grant names actions and the resource they are for; the
 * function's own log group is added to each.
 */
const ref = (name) => ({ Ref: `AWS::${name}` });
const table = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];
const index = (id) => [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, '/index/*']] }];
const queue = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];

const read = { actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'], on: table('PayoutsTable') };
const write = { actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'], on: table('PayoutsTable') };
const queryIndex = { actions: ['dynamodb:Query'], on: index('PayoutsTable') };
const describe = { actions: ['dynamodb:DescribeTable'], on: table('PayoutsTable') };
const send = { actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'], on: queue('ChunksQueue') };
const inspect = { actions: ['sqs:GetQueueAttributes'], on: queue('ChunksQueue') };
const consume = (id) => ({
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  on: queue(id),
});

const GRANTS = {
  Authorize: [],
  Health: [describe, { actions: ['sqs:GetQueueUrl'], on: queue('ChunksQueue') }],
  CreateBatch: [read, write, send],
  ListBatches: [queryIndex],
  GetBatch: [read],
  ListPayouts: [read],
  GetReport: [read],
  GetPayout: [read],
  StartBatch: [read, write, send],
  StopBatch: [read, write],
  RetryFailed: [read, write, send],
  RedriveBatch: [read, write, send],
  PayChunk: [read, write, send, consume('ChunksQueue')],
  RecordDeadLetter: [write, consume('ChunksDeadLetterQueue')],
  RecoverBatches: [read, write, queryIndex, send, inspect],
};

/** `CreateBatch` runs as the Lambda `<service>-<stage>-createBatch`, whose log group carries that name. */
function role(name, grants, { service, stage }) {
  const lambda = `${service}-${stage}-${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const logs = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: {
      'Fn::Join': [
        ':',
        ['arn', ref('Partition'), 'logs', ref('Region'), ref('AccountId'), 'log-group', `/aws/lambda/${lambda}`, '*'],
      ],
    },
  };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        {
          PolicyName: 'least-privilege',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [logs, ...grants.map(({ actions, on }) => ({ Effect: 'Allow', Action: actions, Resource: on }))],
          },
        },
      ],
    },
  };
}

module.exports = async ({ resolveVariable }) => {
  const service = await resolveVariable('self:service');
  const stage = await resolveVariable('sls:stage');
  const Resources = Object.fromEntries(
    Object.entries(GRANTS).map(([name, grants]) => [`${name}Role`, role(name, grants, { service, stage })]),
  );
  return { Resources };
};
