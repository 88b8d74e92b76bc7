export const secret =
  process.env.AUTH_SECRET ||
  (process.env.NODE_ENV === 'production' ? undefined : 'development-only')
