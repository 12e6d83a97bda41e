/**
 * The console on AWS: a private bucket behind CloudFront, which has the API under the same origin. `npm run console:upload` fills
 * the bucket. `--param console=off` leaves all of it out, for emulators without CloudFront. With
 * `--param consoleUploads=off` the page may not send files to the bucket of uploads.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const FOLDER = join(__dirname, '..', 'console');
/** Of AWS: CachePolicy CachingDisabled and CachingOptimized, OriginRequestPolicy AllViewerExceptHostHeader. */
const NO_CACHE = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const CACHE = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'];

const ref = (name) => ({ Ref: name });
const att = (name, attribute) => ({ 'Fn::GetAtt': [name, attribute] });
const joined = (separator, ...parts) => ({ 'Fn::Join': [separator, parts] });

/**
 * The bucket to which the page sends files that are too large for a request: the only other host of its policy. Links of the
 * service have the bucket in their path (lib/aws/clients.ts).
 */
const UPLOADS = joined(
  '',
  'https://s3.',
  ref('AWS::Region'),
  '.',
  ref('AWS::URLSuffix'),
  '/',
  ref('FilesBucket'),
  '/imports/',
);

const SELF = "connect-src 'self'";

/** CloudFront takes these headers in a form of their own. @param uploads whether the page may upload files */
function securityHeaders(uploads) {
  const headers = JSON.parse(readFileSync(join(FOLDER, 'headers.json'), 'utf8'));
  const {
    'content-security-policy': policy,
    'referrer-policy': referrer,
    'strict-transport-security': transport,
  } = headers;
  const [start, end] = policy.split(SELF);
  const filled = uploads ? joined('', `${start}${SELF} `, UPLOADS, end) : policy;
  return {
    ContentSecurityPolicy: { ContentSecurityPolicy: filled, Override: true },
    ContentTypeOptions: { Override: true }, // nosniff
    ReferrerPolicy: { ReferrerPolicy: referrer, Override: true },
    StrictTransportSecurity: { AccessControlMaxAgeSec: Number(transport.split('=')[1]), Override: true },
  };
}

const behaviour = (target, more) => ({
  TargetOriginId: target,
  ViewerProtocolPolicy: 'https-only',
  Compress: true,
  FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: att('ConsoleEdge', 'FunctionARN') }],
  ...more,
});

const resources = ({ service, stage, uploads }) => ({
  ConsoleBucket: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      BucketName: joined('-', service, stage, 'console', ref('AWS::AccountId')),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    },
  },
  ConsoleBucketPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: ref('ConsoleBucket'),
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: 's3:GetObject',
            Resource: joined('', att('ConsoleBucket', 'Arn'), '/*'),
            Condition: {
              StringEquals: {
                'AWS:SourceArn': joined(
                  '',
                  'arn:',
                  ref('AWS::Partition'),
                  ':cloudfront::',
                  ref('AWS::AccountId'),
                  ':distribution/',
                  ref('ConsoleDistribution'),
                ),
              },
            },
          },
        ],
      },
    },
  },
  ConsoleAccess: {
    Type: 'AWS::CloudFront::OriginAccessControl',
    Properties: {
      OriginAccessControlConfig: {
        Name: `${service}-${stage}-console`,
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    },
  },
  ConsoleEdge: {
    Type: 'AWS::CloudFront::Function',
    Properties: {
      Name: `${service}-${stage}-console-edge`,
      AutoPublish: true,
      FunctionCode: readFileSync(join(FOLDER, 'edge.js'), 'utf8'),
      FunctionConfig: { Comment: 'Cookie of the session to the header of the key', Runtime: 'cloudfront-js-2.0' },
    },
  },
  ConsoleHeaders: {
    Type: 'AWS::CloudFront::ResponseHeadersPolicy',
    Properties: {
      ResponseHeadersPolicyConfig: {
        Name: `${service}-${stage}-console`,
        SecurityHeadersConfig: securityHeaders(uploads),
      },
    },
  },
  ConsoleDistribution: {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Comment: `${service}-${stage}`,
        Enabled: true,
        HttpVersion: 'http2and3',
        Origins: [
          {
            Id: 'api',
            DomainName: joined('.', ref('ApiGatewayRestApi'), 'execute-api', ref('AWS::Region'), ref('AWS::URLSuffix')),
            OriginPath: `/${stage}`,
            // Not the stage, which the path has behind CloudFront only. It replaces the header of a client.
            OriginCustomHeaders: [{ HeaderName: 'X-Forwarded-Prefix', HeaderValue: '/' }],
            CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
          },
          {
            Id: 'files',
            DomainName: att('ConsoleBucket', 'RegionalDomainName'),
            OriginAccessControlId: att('ConsoleAccess', 'Id'),
            S3OriginConfig: { OriginAccessIdentity: '' },
          },
        ],
        DefaultCacheBehavior: behaviour('api', {
          AllowedMethods: ALL_METHODS,
          CachePolicyId: NO_CACHE,
          OriginRequestPolicyId: ALL_BUT_HOST,
        }),
        CacheBehaviors: [
          behaviour('files', {
            PathPattern: '/console/*',
            CachePolicyId: CACHE,
            ResponseHeadersPolicyId: ref('ConsoleHeaders'),
          }),
        ],
      },
    },
  },
});

module.exports = async ({ resolveVariable }) => {
  if ((await resolveVariable('param:console')) === 'off') return {};
  const names = ['self:service', 'sls:stage', 'param:consoleUploads'];
  const [service, stage, uploads] = await Promise.all(names.map(resolveVariable));
  return {
    Resources: resources({ service, stage, uploads: uploads !== 'off' }),
    Outputs: {
      ConsoleBucketName: { Value: ref('ConsoleBucket') }, // `npm run console:upload` takes it as --bucket
      ConsoleUrl: { Value: joined('', 'https://', att('ConsoleDistribution', 'DomainName'), '/console/') },
    },
  };
};
