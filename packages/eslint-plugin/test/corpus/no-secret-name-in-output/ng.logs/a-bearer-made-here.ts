export async function call(apiToken: string) {
  const headers = { authorization: `Bearer ${apiToken}` }
  console.log('request', { headers })
}
