/**
 * Pages of these origins may put files into the bucket of uploads, with a link of the service. The origin of the console itself
 * cannot be named: its distribution depends on the bucket. `--param consoleUploads=off`: no page may.
 */
module.exports = async ({ resolveVariable }) => {
  const origins = await resolveVariable('param:consoleUploads');
  if (origins === 'off') return { Ref: 'AWS::NoValue' };
  return {
    CorsRules: [
      { AllowedHeaders: ['content-type'], AllowedMethods: ['PUT'], AllowedOrigins: origins.split(' '), MaxAge: 3600 },
    ],
  };
};
