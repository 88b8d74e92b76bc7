function fail(message: string): never {
  throw new Error(message)
}

export const apiKey = process.env.API_KEY ?? fail('API_KEY is not set')
