export function roleOf(apiKey: string): string {
  switch (apiKey) {
    case process.env.ADMIN_API_KEY:
      return 'admin'
    case process.env.READER_API_KEY:
      return 'reader'
    default:
      return 'nobody'
  }
}
