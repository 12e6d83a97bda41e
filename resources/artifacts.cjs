/**
 * With SLUICE_ARTIFACTS, the folder of an earlier `serverless package --package <folder>`, its zips are deployed instead of new
 * ones. The code is the same in every stage; stages differ in the template only.
 */
const { join, resolve } = require('node:path');

module.exports = class Artifacts {
  constructor({ service }) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => {
        for (const name of service.getAllFunctions()) {
          const artifact = resolve(join(process.env.SLUICE_ARTIFACTS, `${name}.zip`));
          service.getFunction(name).package = { artifact };
        }
      },
    };
  }
};
