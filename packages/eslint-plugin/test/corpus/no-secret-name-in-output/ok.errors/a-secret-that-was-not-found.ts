declare function read(secretName: string): Promise<string | undefined>
export async function load(secretName: string) {
  const text = await read(secretName)
  if (text === undefined) throw new Error(`Unable to retrieve secret: ${secretName}`)
  return text
}
