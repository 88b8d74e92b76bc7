export const report = (config: { password: string }) =>
  console.log({ ...config, password: '[redacted]' })
