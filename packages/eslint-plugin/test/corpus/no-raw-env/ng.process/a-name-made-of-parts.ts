export const passwordFor = (service: string) =>
  process.env[`${service.toUpperCase()}_PASSWORD`] as string
