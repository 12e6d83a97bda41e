import { orNotFound } from '../kernel/errors.ts';

/** A file of the deployment package. */
export type DocsDeps = { readonly readFile: (path: string) => Promise<Buffer> };

export type DocsFile = { readonly type: string; readonly content: Buffer };

/** The files that the page loads, by the names of their URLs. */
const FILES: Readonly<
  Record<string, { readonly type: string; readonly path: string } | { type: string; text: string }>
> = {
  'swagger-ui.css': { type: 'text/css', path: 'node_modules/swagger-ui-dist/swagger-ui.css' },
  'swagger-ui-bundle.js': { type: 'text/javascript', path: 'node_modules/swagger-ui-dist/swagger-ui-bundle.js' },
  'initialize.js': {
    type: 'text/javascript',
    text: `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
});
`,
  },
};

export const DOCS_FILES = Object.keys(FILES);

/** The page of GET /docs. Its links are relative, because API Gateway serves it below the name of the stage. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/initialize.js"></script>
</body>
</html>
`;

/** Allows only files and requests of the service itself. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** The OpenAPI document of this version. */
export const readOpenApi = ({ readFile }: DocsDeps) => readFile('docs/openapi.json');

/** @throws AppError NOT_FOUND */
export async function readDocsFile({ readFile }: DocsDeps, name: string): Promise<DocsFile> {
  const file = orNotFound(Object.hasOwn(FILES, name) ? FILES[name] : undefined, 'There is no such file.');
  return { type: file.type, content: 'text' in file ? Buffer.from(file.text) : await readFile(file.path) };
}
