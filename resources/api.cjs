/**
 * API Gateway's own errors, in the error shape of the service. Locally, localstack/embedded applies the same definitions.
 */
const { ERRORS } = require('../lib/kernel/errors.ts');

/** By API Gateway's type of response: the code, and a text where that of the registry does not fit. */
const RESPONSES = {
  Unauthorized: ['UNAUTHORIZED', 'UNAUTHORIZED'],
  AccessDenied: ['ACCESS_DENIED', 'FORBIDDEN'],
  // An unknown method or path.
  UnknownRoute: ['MISSING_AUTHENTICATION_TOKEN', 'NOT_FOUND', 'There is no such route.'],
  RequestTooLarge: ['REQUEST_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
  Throttled: ['THROTTLED', 'RATE_LIMITED'],
  // Lambda refused or failed to run the function: it throttles, for one.
  IntegrationFailure: ['INTEGRATION_FAILURE', 'UNAVAILABLE'],
  // The same of the authorizer, or it threw: its table could not be read.
  AuthorizerFailure: ['AUTHORIZER_FAILURE', 'UNAVAILABLE'],
  AuthorizerConfigurationError: ['AUTHORIZER_CONFIGURATION_ERROR', 'UNAVAILABLE'],
  IntegrationTimeout: [
    'INTEGRATION_TIMEOUT',
    'GATEWAY_TIMEOUT',
    'The request took too long. Its outcome is unknown; ask again with the same key.',
  ],
  // All other client errors: malformed requests.
  OtherClientError: ['DEFAULT_4XX', 'VALIDATION_ERROR'],
  // The function threw, or returned an invalid response.
  OtherServerError: ['DEFAULT_5XX', 'INTERNAL'],
};
/** After these a request may succeed. */
const TRANSIENT = ['RATE_LIMITED', 'UNAVAILABLE', 'GATEWAY_TIMEOUT'];
const RETRY_AFTER = { 'gatewayresponse.header.Retry-After': "'1'" };

function gatewayResponse([ResponseType, code, message = ERRORS[code].text], origin) {
  const error = { code, message, details: [], request_id: '$context.requestId' };
  const parameters = {
    ...(TRANSIENT.includes(code) ? RETRY_AFTER : {}),
    ...(origin ? { 'gatewayresponse.header.Access-Control-Allow-Origin': `'${origin}'` } : {}),
  };
  return {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      RestApiId: { Ref: 'ApiGatewayRestApi' },
      ResponseType,
      StatusCode: String(ERRORS[code].status),
      ...(Object.keys(parameters).length > 0 ? { ResponseParameters: parameters } : {}),
      ResponseTemplates: { 'application/json': JSON.stringify({ error }) },
    },
  };
}

module.exports = async ({ resolveVariable }) => {
  const origin = await resolveVariable("env:CORS_ORIGIN, ''");
  const Resources = Object.fromEntries(
    Object.entries(RESPONSES).map(([name, definition]) => [`${name}Response`, gatewayResponse(definition, origin)]),
  );
  // A deployment of the API waits for methods only. This makes one method wait for the gateway responses.
  return { Resources, extensions: { ApiGatewayMethodHealthGet: { DependsOn: Object.keys(Resources) } } };
};
