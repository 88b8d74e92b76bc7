export const prefixed = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('APP_')),
)
