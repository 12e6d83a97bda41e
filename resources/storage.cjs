/**
 * How data is kept: encryption, deletion protection and backups of every table, and encryption of FilesBucket and the topics.
 * Parameters: storageKey, dataProtection, backupDays, backupCopyVault.
 */
const { readFileSync, globSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');

const ROOT = join(__dirname, '..');
const ref = (name) => ({ Ref: name });
const att = (id, attribute) => ({ 'Fn::GetAtt': [id, attribute] });
const joined = (...parts) => ({ 'Fn::Join': ['', parts] });
const KEPT = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

const tables = globSync('resources/*.yml', { cwd: ROOT })
  .flatMap((file) => Object.entries(parse(readFileSync(join(ROOT, file), 'utf8')).Resources ?? {}))
  .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
  .map(([id]) => id);

const USE = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
  'kms:CreateGrant',
  'kms:DescribeKey',
];
/** These use the key for callers that they let in, so roles need no grant of it. */
const SERVICES = ['dynamodb', 's3', 'sns', 'backup'];

const storageKey = (prefix) => ({
  StorageKey: {
    Type: 'AWS::KMS::Key',
    ...KEPT,
    Properties: {
      Description: `${prefix}-storage`,
      EnableKeyRotation: true,
      KeyPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: joined('arn:', ref('AWS::Partition'), ':iam::', ref('AWS::AccountId'), ':root') },
            Action: 'kms:*',
            Resource: '*',
          },
          {
            Effect: 'Allow', // as the keys that AWS manages
            Principal: { AWS: '*' },
            Action: USE,
            Resource: '*',
            Condition: {
              StringEquals: {
                'kms:CallerAccount': ref('AWS::AccountId'),
                'kms:ViaService': SERVICES.map((name) => joined(`${name}.`, ref('AWS::Region'), '.amazonaws.com')),
              },
            },
          },
          {
            Effect: 'Allow', // alarms publish to OperatorsTopic
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
          },
        ],
      },
    },
  },
  StorageKeyAlias: {
    Type: 'AWS::KMS::Alias',
    Properties: { AliasName: `alias/${prefix}-storage`, TargetKeyId: ref('StorageKey') },
  },
});

const policyOf = (name) => joined('arn:', ref('AWS::Partition'), `:iam::aws:policy/${name}`);

/** FilesBucket is left out: uploads have accounts, and the other files are made again from the tables. */
const backups = ({ prefix, backupDays, backupCopyVault, storageKey }) => {
  const Lifecycle = { DeleteAfterDays: Number(backupDays) };
  const copies = backupCopyVault ? { CopyActions: [{ DestinationBackupVaultArn: backupCopyVault, Lifecycle }] } : {};
  return {
    BackupVault: {
      Type: 'AWS::Backup::BackupVault',
      ...KEPT,
      Properties: {
        BackupVaultName: prefix,
        ...(storageKey === 'off' ? {} : { EncryptionKeyArn: att('StorageKey', 'Arn') }),
      },
    },
    BackupPlan: {
      Type: 'AWS::Backup::BackupPlan',
      Properties: {
        BackupPlan: {
          BackupPlanName: prefix,
          BackupPlanRule: [
            {
              RuleName: 'daily',
              TargetBackupVault: ref('BackupVault'),
              ScheduleExpression: 'cron(0 3 * * ? *)',
              Lifecycle,
              ...copies,
            },
          ],
        },
      },
    },
    BackupSelection: {
      Type: 'AWS::Backup::BackupSelection',
      Properties: {
        BackupPlanId: ref('BackupPlan'),
        BackupSelection: {
          SelectionName: prefix,
          IamRoleArn: att('BackupRole', 'Arn'),
          Resources: [...tables, 'AuditBucket'].map((id) => att(id, 'Arn')),
        },
      },
    },
    BackupRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'backup.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        ManagedPolicyArns: [
          policyOf('service-role/AWSBackupServiceRolePolicyForBackup'),
          policyOf('AWSBackupServiceRolePolicyForS3Backup'),
        ],
      },
    },
  };
};

/** Of every table. @param isOwnKey whether StorageKey encrypts it, else a key that AWS manages */
const kept = (isOwnKey, isProtected) => ({
  Properties: {
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: {
      SSEEnabled: true,
      ...(isOwnKey ? { SSEType: 'KMS', KMSMasterKeyId: att('StorageKey', 'Arn') } : {}),
    },
    DeletionProtectionEnabled: isProtected,
  },
});

const encrypted = {
  FilesBucket: {
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: att('StorageKey', 'Arn') },
            BucketKeyEnabled: true,
          },
        ],
      },
    },
  },
  EventsTopic: { Properties: { KmsMasterKeyId: ref('StorageKey') } },
  OperatorsTopic: { Properties: { KmsMasterKeyId: ref('StorageKey') } },
};

/** Refuses requests without TLS. */
const tlsOnly = (id) => ({
  [`${id}Policy`]: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: ref(id),
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [att(id, 'Arn'), joined(att(id, 'Arn'), '/*')],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  },
});

const NAMES = ['storageKey', 'dataProtection', 'backupDays', 'backupCopyVault'];

module.exports = async ({ resolveVariable }) => {
  const values = await Promise.all(NAMES.map((name) => resolveVariable(`param:${name}`)));
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const given = { ...Object.fromEntries(NAMES.map((name, index) => [name, values[index]])), prefix };
  const isOwnKey = given.storageKey !== 'off';
  return {
    Resources: {
      ...(isOwnKey ? storageKey(prefix) : {}),
      ...(Number(given.backupDays) > 0 ? backups(given) : {}),
      ...tlsOnly('FilesBucket'),
      ...tlsOnly('AuditBucket'),
    },
    extensions: {
      ...Object.fromEntries(tables.map((id) => [id, kept(isOwnKey, given.dataProtection !== 'off')])),
      ...(isOwnKey ? encrypted : {}),
    },
  };
};
