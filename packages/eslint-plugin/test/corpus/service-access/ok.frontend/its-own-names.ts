export const texts = ['OIDC_CLIENT_SECRET_FRONTEND', 'DATABASE_FRONTEND'].map(
  (name) => process.env[name],
)
export const key = process.env['API_KEY_FRONTEND_SIGNING']
