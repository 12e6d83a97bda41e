/**
 * One least-privilege role per function. A grant has actions and resources. Each role also gets access to the log group of its
 * function.
 */
const ref = (name) => ({ Ref: `AWS::${name}` });
const table = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];
const index = (id) => [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, '/index/*']] }];
const queue = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];

const read = (id) => ({ actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'], on: table(id) });
const write = (id) => ({ actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'], on: table(id) });
const queryIndex = (id) => ({ actions: ['dynamodb:Query'], on: index(id) });
const describe = (id) => ({ actions: ['dynamodb:DescribeTable'], on: table(id) });
const send = (id) => ({ actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'], on: queue(id) });
const inspect = (id) => ({ actions: ['sqs:GetQueueAttributes'], on: queue(id) });
const consume = (id) => ({
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  on: queue(id),
});
const appendToOutbox = { actions: ['dynamodb:PutItem'], on: table('EventsTable') };
const followStream = (id) => ({
  actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  on: [{ 'Fn::GetAtt': [id, 'StreamArn'] }],
});
/** One transaction marks events and adds to the counters. */
const markPublished = { actions: ['dynamodb:UpdateItem'], on: table('EventsTable') };
const publish = { actions: ['sns:Publish'], on: [{ Ref: 'EventsTopic' }] };
/** A recovery stores the last item that it started with. */
const keepPosition = { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], on: table('SystemTable') };
const bucket = { 'Fn::GetAtt': ['FilesBucket', 'Arn'] };
const objects = (prefix, ...verbs) => ({
  actions: verbs.map((verb) => `s3:${verb}`),
  on: [{ 'Fn::Join': ['', [bucket, `/${prefix}/*`]] }],
});
const listObjects = { actions: ['s3:ListBucket'], on: [bucket] };
const machine = { Ref: 'SettlementStateMachine' };
const startSettlement = { actions: ['states:StartExecution'], on: [machine] };
const followSettlement = {
  actions: ['states:DescribeExecution'],
  on: [
    {
      'Fn::Join': [
        ':',
        ['arn', ref('Partition'), 'states', ref('Region'), ref('AccountId'), 'execution'].concat({
          'Fn::Join': [':', [{ 'Fn::GetAtt': ['SettlementStateMachine', 'Name'] }, '*']],
        }),
      ],
    },
  ],
};

const readWithdrawals = [read('WithdrawalsTable'), read('WalletsTable')];
/** One transaction changes a withdrawal and the hold in the wallet. */
const changeWithdrawals = [write('WithdrawalsTable'), write('WalletsTable'), appendToOutbox];
const runProcessor = [read('WithdrawalsTable'), write('WithdrawalsTable'), queryIndex('WithdrawalsTable')];

const GRANTS = {
  Authorize: [],
  Health: [
    describe('PayoutsTable'),
    { actions: ['sqs:GetQueueUrl'], on: queue('ChunksQueue') },
    { actions: ['dynamodb:GetItem'], on: table('SystemTable') },
  ],

  CreateBatch: [read('PayoutsTable'), write('PayoutsTable'), send('ChunksQueue'), appendToOutbox],
  ListBatches: [queryIndex('PayoutsTable')],
  GetBatch: [read('PayoutsTable')],
  ListPayouts: [read('PayoutsTable')],
  GetReport: [read('PayoutsTable')],
  GetPayout: [read('PayoutsTable')],
  StartBatch: [read('PayoutsTable'), write('PayoutsTable'), send('ChunksQueue'), appendToOutbox],
  StopBatch: [read('PayoutsTable'), write('PayoutsTable'), appendToOutbox],
  RetryFailed: [read('PayoutsTable'), write('PayoutsTable'), send('ChunksQueue'), appendToOutbox],
  RedriveBatch: [read('PayoutsTable'), write('PayoutsTable'), send('ChunksQueue')],
  PayChunk: [read('PayoutsTable'), write('PayoutsTable'), send('ChunksQueue'), consume('ChunksQueue'), appendToOutbox],
  RecordDeadLetter: [write('PayoutsTable'), consume('ChunksDeadLetterQueue')],
  RecoverBatches: [
    read('PayoutsTable'),
    write('PayoutsTable'),
    queryIndex('PayoutsTable'),
    send('ChunksQueue'),
    inspect('ChunksQueue'),
    appendToOutbox,
    keepPosition,
  ],

  RelayEvents: [followStream('EventsTable'), publish, markPublished],
  SweepOutbox: [queryIndex('EventsTable'), publish, markPublished, keepPosition],
  GetMetrics: [read('EventsTable'), queryIndex('EventsTable')],
  GetAudit: [read('EventsTable'), queryIndex('EventsTable')],

  CreateProduct: [read('OrdersTable'), write('OrdersTable')],
  GetProduct: [read('OrdersTable')],
  PlaceOrder: [read('OrdersTable'), write('OrdersTable')],
  GetOrder: [read('OrdersTable')],

  CreateWallet: [read('WalletsTable'), write('WalletsTable')],
  CreateDeposit: [read('WalletsTable'), write('WalletsTable'), appendToOutbox],
  CreatePayment: [read('WalletsTable'), write('WalletsTable'), appendToOutbox],
  GetBalance: [read('WalletsTable')],
  ListTransactions: [read('WalletsTable')],
  GetPayment: [read('WalletsTable')],
  RefundPayment: [read('WalletsTable'), write('WalletsTable'), appendToOutbox],
  CreateProvider: [write('WalletsTable')],
  ListProviders: [queryIndex('WalletsTable')],
  GetProvider: [read('WalletsTable')],
  SweepPayments: [
    read('WalletsTable'),
    write('WalletsTable'),
    queryIndex('WalletsTable'),
    appendToOutbox,
    keepPosition,
  ],

  CreateWithdrawal: [...readWithdrawals, ...changeWithdrawals, send('WithdrawalsQueue')],
  GetWithdrawal: [read('WithdrawalsTable')],
  GetWithdrawalByKey: [read('WithdrawalsTable')],
  ListWithdrawals: [queryIndex('WithdrawalsTable')],
  RetryWithdrawal: [...readWithdrawals, ...changeWithdrawals, send('WithdrawalsQueue')],
  StartProcessor: [...runProcessor, send('WithdrawalsQueue'), inspect('WithdrawalsQueue')],
  StopProcessor: runProcessor,
  RedriveWithdrawals: [write('WithdrawalsTable'), queryIndex('WithdrawalsTable'), send('WithdrawalsQueue')],
  GetProcessorStats: [
    read('WithdrawalsTable'),
    queryIndex('WithdrawalsTable'),
    read('EventsTable'),
    { actions: ['sqs:GetQueueUrl'], on: queue('WithdrawalsQueue') },
    inspect('WithdrawalsQueue'),
  ],
  WithdrawalService: [
    ...readWithdrawals,
    ...changeWithdrawals,
    queryIndex('WithdrawalsTable'),
    send('WithdrawalsQueue'),
  ],
  WithdrawalProcessorService: [
    ...runProcessor,
    read('EventsTable'),
    send('WithdrawalsQueue'),
    inspect('WithdrawalsQueue'),
  ],
  DenyAddress: [write('WithdrawalsTable')],
  AllowAddress: [{ actions: ['dynamodb:DeleteItem'], on: table('WithdrawalsTable') }],
  ListDeniedAddresses: [queryIndex('WithdrawalsTable')],
  ProcessWithdrawals: [...readWithdrawals, ...changeWithdrawals, send('WithdrawalsQueue'), consume('WithdrawalsQueue')],
  RecordDeadWithdrawal: [write('WithdrawalsTable'), consume('WithdrawalsDeadLetterQueue')],
  RecoverWithdrawals: [...runProcessor, send('WithdrawalsQueue'), inspect('WithdrawalsQueue')],

  StoreTransactions: [write('TransactionsTable')],
  GetTransaction: [read('TransactionsTable')],
  CreateImport: [write('TransactionsTable'), objects('imports', 'PutObject')],
  StartImport: [read('TransactionsTable'), objects('imports', 'GetObject'), listObjects, send('ImportsQueue')],
  GetImport: [read('TransactionsTable')],
  GetRejected: [read('TransactionsTable'), objects('imports', 'GetObject')],
  ImportFile: [
    read('TransactionsTable'),
    write('TransactionsTable'),
    listObjects,
    objects('imports', 'GetObject', 'PutObject', 'AbortMultipartUpload'),
    send('ImportsQueue'),
    consume('ImportsQueue'),
  ],
  GiveUpImport: [write('TransactionsTable'), consume('ImportsDeadLetterQueue')],
  RecoverImports: [
    read('TransactionsTable'),
    write('TransactionsTable'),
    queryIndex('TransactionsTable'),
    listObjects,
    objects('imports', 'GetObject'),
    send('ImportsQueue'),
    keepPosition,
  ],

  CreateJob: [read('SettlementsTable'), write('SettlementsTable'), startSettlement],
  ListJobs: [queryIndex('SettlementsTable')],
  GetJob: [read('SettlementsTable')],
  CancelJob: [read('SettlementsTable'), write('SettlementsTable')],
  Download: [read('SettlementsTable'), objects('jobs', 'GetObject')],
  ListSettlements: [read('SettlementsTable')],
  PlanSettlement: [read('SettlementsTable'), write('SettlementsTable')],
  SettleChunk: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    read('TransactionsTable'),
    objects('jobs', 'PutObject'),
  ],
  AssembleSettlement: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    objects('jobs', 'GetObject', 'PutObject', 'AbortMultipartUpload'),
    appendToOutbox,
  ],
  CancelSettlement: [write('SettlementsTable'), listObjects, objects('jobs', 'DeleteObject')],
  FailSettlement: [write('SettlementsTable'), listObjects, objects('jobs', 'DeleteObject')],
  RecoverJobs: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    queryIndex('SettlementsTable'),
    startSettlement,
    followSettlement,
    listObjects,
    objects('jobs', 'DeleteObject'),
    keepPosition,
  ],
  SettleYesterday: [read('SettlementsTable'), write('SettlementsTable'), startSettlement],
};

/** The function of role `CreateBatch` is `<service>-<stage>-createBatch`. */
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
