/**
 * One least-privilege role per function. A grant has actions and resources. Each role also gets access to the log group of its
 * function.
 */
const { paths } = require('../docs/openapi.json');

const ref = (name) => ({ Ref: `AWS::${name}` });
const table = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];
const index = (id) => [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, '/index/*']] }];
const queue = (id) => [{ 'Fn::GetAtt': [id, 'Arn'] }];

const read = (id) => ({ actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'], on: table(id) });
const write = (id) => ({ actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'], on: table(id) });
const queryIndex = (id) => ({ actions: ['dynamodb:Query'], on: index(id) });
const scan = (id) => ({ actions: ['dynamodb:Scan'], on: table(id) });
const send = (id) => ({ actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'], on: queue(id) });
/** Lambda sends what it gave up, in the name of the function. */
const deadLetters = [{ actions: ['sqs:SendMessage'], on: queue('RulesDeadLetterQueue') }];
const inspect = (id) => ({ actions: ['sqs:GetQueueAttributes'], on: queue(id) });
const consume = (id) => ({
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  on: queue(id),
});
/** Items of AccessTable in these partitions only. */
const partitions = (actions, ...keys) => within(table('AccessTable'), actions, ...keys);
/** Items of a table in these partitions only. An asterisk is any text. */
function within(on, actions, ...keys) {
  return { actions, on, condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } } };
}
const appendToOutbox = { actions: ['dynamodb:PutItem'], on: table('EventsTable') };
const followStream = (id) => ({
  actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  on: [{ 'Fn::GetAtt': [id, 'StreamArn'] }],
});
/** One transaction marks events and adds to the counters. */
const markPublished = { actions: ['dynamodb:UpdateItem'], on: table('EventsTable') };
const publish = { actions: ['sns:Publish'], on: [{ Ref: 'EventsTopic' }] };
/** A recovery stores the last item that it started with. */
const keepPosition = within(table('SystemTable'), ['dynamodb:GetItem', 'dynamodb:PutItem'], 'RECOVERY');
/** Those who send to rails share the circuits to them. */
const shareCircuit = within(table('SystemTable'), ['dynamodb:GetItem', 'dynamodb:UpdateItem'], 'CIRCUITS');
/** After a restore, those who send or cancel look up first. */
const readEpoch = within(table('SystemTable'), ['dynamodb:Query'], 'EPOCHS');
const readDataVersion = within(table('SystemTable'), ['dynamodb:GetItem'], 'MIGRATIONS');
/** Reads the credentials for a rail. */
const callBank = { rail: 'BANK_SECRET' };
const callGateway = { rail: 'GATEWAY_SECRET' };
const callChain = { rail: 'CHAIN_SECRET' };
const dataKey = [{ 'Fn::GetAtt': ['DataKey', 'Arn'] }];
/** Decrypts fields: reads the data keys, which KMS decrypts. */
const decryptFields = [
  within(table('SystemTable'), ['dynamodb:Query'], 'DATAKEYS'),
  { actions: ['kms:Decrypt'], on: dataKey },
];
/** Encrypts and decrypts fields, and makes keyed digests. The first use of a key creates it. */
const encryptFields = [
  ...decryptFields,
  within(table('SystemTable'), ['dynamodb:PutItem'], 'DATAKEYS'),
  { actions: ['kms:GenerateDataKey'], on: dataKey },
];
const bucket = { 'Fn::GetAtt': ['FilesBucket', 'Arn'] };
const objects = (prefix, ...verbs) => ({
  actions: verbs.map((verb) => `s3:${verb}`),
  on: [{ 'Fn::Join': ['', [bucket, `/${prefix}/*`]] }],
});
const auditBucket = { 'Fn::GetAtt': ['AuditBucket', 'Arn'] };
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

const update = (id) => ({ actions: ['dynamodb:UpdateItem'], on: table(id) });

/** Counters of the limits of keys, and nothing else of the access table. */
const countLimits = partitions(['dynamodb:UpdateItem'], 'LIMIT#*');

const readWithdrawals = [read('WithdrawalsTable'), read('WalletsTable')];
/** One transaction changes a withdrawal, the hold in the wallet and what counts towards limits. */
const changeWithdrawals = [write('WithdrawalsTable'), write('WalletsTable'), appendToOutbox, countLimits];
/** The deny-list loses an address. */
const allowAddresses = { actions: ['dynamodb:DeleteItem'], on: table('WithdrawalsTable') };
const runProcessor = [read('WithdrawalsTable'), write('WithdrawalsTable'), queryIndex('WithdrawalsTable')];

/** A batch that is refused while it is stored is deleted with its payouts and claims. */
const discardBatches = { actions: ['dynamodb:DeleteItem'], on: table('PayoutsTable') };

/** The rules, and known payees; an approval is stored with what it is about. */
const readRules = [partitions(['dynamodb:GetItem'], 'POLICY'), partitions(['dynamodb:BatchGetItem'], 'KNOWN#*')];
const askForApproval = [...readRules, partitions(['dynamodb:PutItem'], 'APPROVAL#*')];
/** Payees that were paid become known. Workers store no approval. */
const rememberPaid = [...readRules, partitions(['dynamodb:PutItem'], 'KNOWN#*')];
/** A decision moves what waits for it. What is refused counts no longer towards limits. */
const decide = [
  within(table('TransactionsTable'), ['dynamodb:GetItem', 'dynamodb:UpdateItem'], 'IMPORT#*'),
  send('ImportsQueue'),
  partitions(
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'],
    'APPROVAL#*',
    'POLICY',
    'KEYS',
    'KNOWN#*',
  ),
  queryIndex('AccessTable'),
  partitions(['dynamodb:PutItem'], 'APPROVAL#*', 'POLICY', 'KEYS'),
  partitions(['dynamodb:ConditionCheckItem'], 'KEYS'),
  read('PayoutsTable'),
  write('PayoutsTable'),
  ...readWithdrawals,
  ...changeWithdrawals,
  allowAddresses,
  ...encryptFields,
];

/** An upload of payouts is an import. */
const readUploads = within(table('TransactionsTable'), ['dynamodb:GetItem'], 'IMPORT#*');
const changeUploads = [
  within(table('TransactionsTable'), ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], 'IMPORT#*'),
  send('ImportsQueue'),
];

/** The events of an entity, and their deliveries to the endpoints. */
const readTimelines = [
  within(table('EventsTable'), ['dynamodb:Query'], 'SUBJECT#*'),
  within(table('WebhooksTable'), ['dynamodb:Query'], 'ENDPOINTS'),
  within(table('WebhooksTable'), ['dynamodb:BatchGetItem'], 'DELIVERY#*'),
];

/** Of other domains it reads only the indexes of what is open. */
const readOldest = [
  queryIndex('EventsTable'),
  within(table('SystemTable'), ['dynamodb:GetItem'], 'CIRCUITS'),
  within(index('WithdrawalsTable'), ['dynamodb:Query'], 'DUE#*', 'IN_FLIGHT#*', 'OPEN#*'),
  within(index('WalletsTable'), ['dynamodb:Query'], 'PENDING#*'),
  within(index('TransactionsTable'), ['dynamodb:Query'], 'IMPORT'),
  within(table('TransactionsTable'), ['dynamodb:GetItem'], 'IMPORT#*'),
  within(table('WebhooksTable'), ['dynamodb:Query'], 'ENDPOINTS'),
  within(index('WebhooksTable'), ['dynamodb:Query'], 'webhook_*'),
];

const GRANTS = {
  Authorize: [partitions(['dynamodb:GetItem'], 'HASH#*', 'KEYS'), partitions(['dynamodb:UpdateItem'], 'USED')],
  AccessRead: [partitions(['dynamodb:GetItem', 'dynamodb:Query'], 'KEYS', 'USED', 'LIMIT#*', 'HASH#*')],
  AccessWrite: [
    partitions(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'], 'KEYS'),
    partitions(['dynamodb:GetItem'], 'IDEM#*', 'HASH#*'),
    partitions(['dynamodb:PutItem'], 'KEYS', 'HASH#*', 'IDEM#*', 'APPROVAL#*'),
    partitions(['dynamodb:DeleteItem'], 'HASH#*'), // of sessions
    appendToOutbox,
  ],
  AccessApprove: [...decide, send('ChunksQueue'), send('WithdrawalsQueue')],
  RecoverApprovals: [
    ...decide,
    partitions(['dynamodb:PutItem'], 'KNOWN#*', 'BACKFILL'),
    partitions(['dynamodb:GetItem'], 'BACKFILL'),
    ...['PayoutsTable', 'WithdrawalsTable'].map(scan),
    keepPosition,
  ],
  RecordDeadLetters: [
    ...['PayoutsTable', 'WithdrawalsTable', 'TransactionsTable'].map(update),
    { actions: ['dynamodb:GetItem'], on: table('TransactionsTable') }, // the import that fails
    ...['ChunksDeadLetterQueue', 'WithdrawalsDeadLetterQueue', 'ImportsDeadLetterQueue'].map(consume),
    appendToOutbox,
  ],
  SystemRead: [readDataVersion],

  PayoutsRead: [
    read('PayoutsTable'),
    queryIndex('PayoutsTable'),
    ...decryptFields,
    readUploads,
    objects('imports', 'GetObject'),
    partitions(['dynamodb:GetItem'], 'APPROVAL#*'), // an explanation names the approval that a batch waits for
    ...readTimelines,
  ],
  PayoutsWrite: [
    callBank,
    readEpoch,
    read('PayoutsTable'),
    write('PayoutsTable'),
    discardBatches,
    send('ChunksQueue'),
    appendToOutbox,
    countLimits,
    { actions: ['dynamodb:ConditionCheckItem'], on: table('PayoutsTable') }, // invalid entries are stored beside their batch
    partitions(['dynamodb:Query'], 'LIMIT#*'), // a dry run says what is left
    ...encryptFields,
    ...askForApproval,
    partitions(['dynamodb:GetItem'], 'APPROVAL#*'), // a cancel ends the approval of its batch
    ...changeUploads,
    objects('imports', 'GetObject', 'PutObject'),
    listObjects,
  ],
  PayoutsOperate: [
    read('PayoutsTable'),
    write('PayoutsTable'),
    queryIndex('PayoutsTable'),
    send('ChunksQueue'),
    appendToOutbox,
    ...decryptFields,
  ],
  PayoutsNotify: [read('PayoutsTable'), write('PayoutsTable'), appendToOutbox, ...decryptFields],
  SweepReturns: [
    callBank,
    read('PayoutsTable'),
    write('PayoutsTable'),
    queryIndex('PayoutsTable'),
    appendToOutbox,
    keepPosition,
    ...decryptFields,
    ...deadLetters,
  ],
  PayChunk: [
    callBank,
    read('PayoutsTable'),
    write('PayoutsTable'),
    send('ChunksQueue'),
    consume('ChunksQueue'),
    appendToOutbox,
    countLimits,
    shareCircuit,
    readEpoch,
    ...decryptFields,
    ...rememberPaid,
  ],
  RecoverBatches: [
    callBank,
    readEpoch,
    read('PayoutsTable'),
    write('PayoutsTable'),
    discardBatches,
    queryIndex('PayoutsTable'),
    send('ChunksQueue'),
    inspect('ChunksQueue'),
    appendToOutbox,
    countLimits,
    keepPosition,
    ...decryptFields,
    ...rememberPaid,
  ],

  RelayEvents: [followStream('EventsTable'), publish, markPublished],
  SealEvents: [
    read('EventsTable'),
    queryIndex('EventsTable'),
    read('SealsTable'),
    { actions: ['dynamodb:PutItem'], on: table('SealsTable') },
    { actions: ['s3:GetObject', 's3:PutObject'], on: [{ 'Fn::Join': ['', [auditBucket, '/*']] }] },
    { actions: ['s3:ListBucket'], on: [auditBucket] }, // without it a missing object is Forbidden
    { actions: ['kms:Sign', 'kms:GetPublicKey'], on: [{ 'Fn::GetAtt': ['AuditKey', 'Arn'] }] },
  ],
  SweepOutbox: [queryIndex('EventsTable'), publish, markPublished, keepPosition],
  EventsRead: [
    read('EventsTable'),
    ...readOldest,
    within(table('SealsTable'), ['dynamodb:GetItem'], 'HEAD'),
    within(index('WithdrawalsTable'), ['dynamodb:Query'], 'DEAD#*'),
    within(index('PayoutsTable'), ['dynamodb:Query'], 'NOTIFICATION#dead_letter'),
    // The deep health asks the queue and each rail.
    readDataVersion,
    { actions: ['sqs:GetQueueUrl'], on: queue('ChunksQueue') },
    ...[callBank, callGateway, callChain],
  ],
  Measure: [
    ...readOldest,
    within(table('PayoutsTable'), ['dynamodb:Query'], 'BATCH#*', 'THROUGHPUT'),
    within(index('PayoutsTable'), ['dynamodb:Query'], 'BATCH', 'STATUS#unknown#*'),
    within(table('SettlementsTable'), ['dynamodb:GetItem'], 'IDEM#settlement#*', 'JOB#*'),
  ],

  WebhooksRead: [read('WebhooksTable'), queryIndex('WebhooksTable'), ...decryptFields],
  WebhooksWrite: [
    read('WebhooksTable'),
    write('WebhooksTable'),
    within(table('WebhooksTable'), ['dynamodb:DeleteItem'], 'ENDPOINTS'),
    send('DeliveriesQueue'),
    appendToOutbox,
    ...encryptFields,
  ],
  StoreDeliveries: [
    within(table('WebhooksTable'), ['dynamodb:Query'], 'ENDPOINTS'),
    within(table('WebhooksTable'), ['dynamodb:PutItem'], 'DELIVERY#*'),
    consume('WebhooksQueue'),
    send('DeliveriesQueue'),
    ...decryptFields,
  ],
  /** It calls the outside: it reads nothing but endpoints, deliveries and events. */
  Deliver: [
    read('WebhooksTable'),
    write('WebhooksTable'),
    within(table('WebhooksTable'), ['dynamodb:DeleteItem'], 'REPLAYS'),
    queryIndex('WebhooksTable'),
    read('EventsTable'),
    queryIndex('EventsTable'), // replays of a range
    send('DeliveriesQueue'),
    consume('DeliveriesQueue'),
    appendToOutbox,
    ...encryptFields,
  ],
  RecoverDeliveries: [
    within(table('WebhooksTable'), ['dynamodb:Query'], 'ENDPOINTS', 'REPLAYS'),
    queryIndex('WebhooksTable'),
    send('DeliveriesQueue'),
    keepPosition,
    ...decryptFields,
  ],

  OrdersRead: [read('OrdersTable')],
  OrdersWrite: [read('OrdersTable'), write('OrdersTable'), appendToOutbox],

  WalletsRead: [read('WalletsTable'), queryIndex('WalletsTable'), ...readTimelines],
  WalletsWrite: [
    callGateway,
    read('WalletsTable'),
    write('WalletsTable'),
    appendToOutbox,
    countLimits,
    shareCircuit,
    readEpoch,
  ],
  SweepPayments: [
    callGateway,
    read('WalletsTable'),
    write('WalletsTable'),
    queryIndex('WalletsTable'),
    appendToOutbox,
    countLimits,
    keepPosition,
    shareCircuit,
  ],

  WithdrawalsRead: [
    ...readWithdrawals,
    queryIndex('WithdrawalsTable'),
    ...decryptFields,
    partitions(['dynamodb:GetItem'], 'APPROVAL#*'), // as PayoutsRead
    ...readTimelines,
  ],
  WithdrawalsWrite: [
    ...readWithdrawals,
    ...changeWithdrawals,
    send('WithdrawalsQueue'),
    ...encryptFields,
    ...askForApproval,
  ],
  WithdrawalsOperate: [
    ...runProcessor,
    allowAddresses,
    ...askForApproval,
    read('EventsTable'), // counters
    ...encryptFields,
    send('WithdrawalsQueue'),
    inspect('WithdrawalsQueue'),
    appendToOutbox,
  ],
  ProcessWithdrawals: [
    callChain,
    ...readWithdrawals,
    ...changeWithdrawals,
    send('WithdrawalsQueue'),
    consume('WithdrawalsQueue'),
    shareCircuit,
    readEpoch,
    ...encryptFields,
    ...rememberPaid,
  ],
  RecoverWithdrawals: [...runProcessor, send('WithdrawalsQueue'), inspect('WithdrawalsQueue')],

  TransactionsRead: [read('TransactionsTable'), objects('imports', 'GetObject')],
  TransactionsWrite: [
    read('TransactionsTable'),
    write('TransactionsTable'),
    objects('imports', 'GetObject', 'PutObject'),
    listObjects,
    send('ImportsQueue'),
    appendToOutbox,
  ],
  ImportFile: [
    read('TransactionsTable'),
    write('TransactionsTable'),
    listObjects,
    objects('imports', 'GetObject', 'PutObject', 'AbortMultipartUpload', 'DeleteObject'),
    send('ImportsQueue'),
    consume('ImportsQueue'),
    appendToOutbox,
    read('PayoutsTable'),
    write('PayoutsTable'),
    discardBatches,
    within(table('TransactionsTable'), ['dynamodb:ConditionCheckItem'], 'IMPORT#*'), // a batch is stored while its upload is
    send('ChunksQueue'),
    countLimits,
    ...encryptFields,
    ...askForApproval,
  ],
  RecoverImports: [
    read('TransactionsTable'),
    write('TransactionsTable'),
    queryIndex('TransactionsTable'),
    listObjects,
    objects('imports', 'GetObject'),
    send('ImportsQueue'),
    appendToOutbox,
    keepPosition,
  ],

  SettlementRead: [read('SettlementsTable'), queryIndex('SettlementsTable'), objects('jobs', 'GetObject')],
  SettlementWrite: [read('SettlementsTable'), write('SettlementsTable'), startSettlement, appendToOutbox],
  ControlSettlement: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    listObjects,
    objects('jobs', 'DeleteObject'),
    appendToOutbox,
  ],
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
  RecoverJobs: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    queryIndex('SettlementsTable'),
    startSettlement,
    followSettlement,
    listObjects,
    objects('jobs', 'DeleteObject'),
    appendToOutbox,
    keepPosition,
  ],
  SettleYesterday: [
    read('SettlementsTable'),
    write('SettlementsTable'),
    startSettlement,
    appendToOutbox,
    ...deadLetters,
  ],
};

const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
const keyed = operations.filter((operation) => operation['x-scope'] !== 'public');
/** Functions with a route that needs a key, as `PayoutsRead`: they count its requests per second. */
const WITH_KEYS = new Set(
  keyed.map((operation) => operation['x-function'].replace(/(?:^|\/)(.)/g, (_, letter) => letter.toUpperCase())),
);

/** The function of role `PayoutsRead` is `<service>-<stage>-payoutsRead`. */
function role(name, grants, { service, stage, secrets, hasVpc, isTraced }) {
  const resolved = grants.flatMap((grant) => (grant.rail ? secrets[grant.rail] : [grant]));
  const allGrants = new Set([...resolved, ...(WITH_KEYS.has(name) ? [countLimits] : [])]);
  const lambda = `${service}-${stage}-${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const vpc = hasVpc && callsOutside.includes(name) ? connectToVpc(lambda) : [];
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
  const traces = {
    Effect: 'Allow',
    Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    Resource: '*', // X-Ray knows no other
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
            Statement: [logs, ...(isTraced ? [traces] : []), ...[...allGrants].map(statement), ...vpc],
          },
        },
      ],
    },
  };
}

const statement = ({ actions, on, condition }) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: on,
  ...(condition ? { Condition: condition } : {}),
});

/** Nothing for a rail without a secret. AWS ends the ARN of a secret with six characters that its name lacks. */
function readSecret(setting, key) {
  if (['', 'none'].includes(setting) || setting.startsWith('file:')) return [];
  const arn = setting.startsWith('arn:')
    ? setting
    : {
        'Fn::Join': [
          ':',
          ['arn', ref('Partition'), 'secretsmanager', ref('Region'), ref('AccountId'), 'secret', `${setting}-??????`],
        ],
      };
  return [
    { actions: ['secretsmanager:GetSecretValue'], on: [arn] },
    ...(key ? [{ actions: ['kms:Decrypt'], on: [key] }] : []),
  ];
}

const callsRails = Object.keys(GRANTS).filter((name) => GRANTS[name].some(({ rail }) => rail));
/** Functions that call a rail or a receiver of webhooks. */
const callsOutside = [...callsRails, 'Deliver'];

/**
 * Lambda connects a function to a VPC with the role of the function. The function itself may not: its code has no use for it.
 * EC2 has no resources to name before the interface exists.
 */
function connectToVpc(lambda) {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  const self = {
    'Fn::Join': [':', ['arn', ref('Partition'), 'lambda', ref('Region'), ref('AccountId'), 'function', lambda]],
  };
  return [
    { Effect: 'Allow', Action: actions, Resource: '*' },
    { Effect: 'Deny', Action: actions, Resource: '*', Condition: { ArnEquals: { 'lambda:SourceFunctionArn': self } } },
  ];
}

module.exports = async ({ resolveVariable }) => {
  const service = await resolveVariable('self:service');
  const stage = await resolveVariable('sls:stage');
  const isTraced = (await resolveVariable('param:tracing')) === 'true';
  const key = await resolveVariable('param:railSecretsKey');
  const names = ['BANK_SECRET', 'GATEWAY_SECRET', 'CHAIN_SECRET'];
  const settings = await Promise.all(names.map((name) => resolveVariable(`self:provider.environment.${name}`)));
  const secrets = Object.fromEntries(names.map((name, index) => [name, readSecret(settings[index], key)]));
  const hasVpc = (await resolveVariable('param:vpc')) === 'on' || (await resolveVariable('param:vpcSubnets')) !== '';
  const Resources = Object.fromEntries(
    Object.entries(GRANTS).map(([name, grants]) => [
      `${name}Role`,
      role(name, grants, { service, stage, secrets, hasVpc, isTraced }),
    ]),
  );
  return { Resources };
};
module.exports.callsRails = callsRails;
module.exports.callsOutside = callsOutside;
