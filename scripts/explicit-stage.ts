/**
 * Serverless plugin: the stage of the API is a resource of its own (resources/stage.cjs), with logs and throttles. The framework
 * makes it a by-product of the deployment, whose logical id is new each time. `--param apiStage=off` leaves it so.
 */

type Resource = { Type: string; Properties: Record<string, unknown> };
type Serverless = {
  readonly service: {
    readonly resources?: { readonly Resources?: Record<string, Resource> };
    readonly provider: { readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, Resource> } };
  };
};

export default class ExplicitStage {
  readonly hooks: Record<string, () => Promise<void>>;

  constructor({ service }: Serverless) {
    this.hooks = {
      'before:aws:package:finalize:mergeCustomProviderResources': async () => {
        const stage = service.resources?.Resources?.ApiStage;
        if (!stage) return;
        const compiled = service.provider.compiledCloudFormationTemplate.Resources;
        const [id, deployment] = Object.entries(compiled).find(([, { Type }]) => Type === DEPLOYMENT) ?? [];
        if (!deployment) throw new Error('The template has no deployment of the API.');
        delete deployment.Properties.StageName;
        stage.Properties.DeploymentId = { Ref: id };
      },
    };
  }
}

const DEPLOYMENT = 'AWS::ApiGateway::Deployment';
