const apiKeys = (process.env.API_KEYS ?? '').split(',')

export function isKnown(request: Request): boolean {
  return apiKeys.includes(request.headers.get('x-api-key') ?? '')
}
