export function explain(error: Error, connectionString: string) {
  error.message = `${connectionString}: ${error.message}`
  return error
}
