export const pass = (smtp: { password?: string }) =>
  smtp.password === undefined ? 'changeit' : smtp.password
