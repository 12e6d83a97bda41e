/** A CSV that a browser saves under a name. */
export const csvAnswer = (name: string, body: string) => ({
  status: 200 as const,
  headers: {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
  },
  body,
});
