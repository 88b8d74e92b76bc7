export function guard(config) {
  return async (c, next) => {
    const apiKey = c.req.header('X-API-Key') ?? c.req.query('key')
    if (!apiKey || apiKey !== config.auth.apiKey) return c.json({ error: 'Unauthorized' }, 401)
    await next()
  }
}
