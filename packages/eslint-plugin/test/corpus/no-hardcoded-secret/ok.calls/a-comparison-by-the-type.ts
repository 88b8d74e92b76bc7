export const looksMasked = (connection: { password?: unknown }) =>
  typeof connection.password === 'string' && connection.password.includes('*')
