export const safe = (options: { password?: string }) => ({
  ...options,
  password: options.password ? '[redacted]' : undefined,
})
