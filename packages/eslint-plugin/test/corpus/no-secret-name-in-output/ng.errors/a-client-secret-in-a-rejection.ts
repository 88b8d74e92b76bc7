export const exchange = (clientSecret: string) =>
  Promise.reject(new Error(`the server refuses ${clientSecret}`))
