export const client = (options: { apiKey?: string } = {}) => ({
  apiKey: options.apiKey ?? process.env.API_KEY,
})
