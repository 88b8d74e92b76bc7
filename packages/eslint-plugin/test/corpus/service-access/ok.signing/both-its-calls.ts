interface Source {
  read(name: string): Promise<unknown>
}
export const load = async (source: Source) => [
  await source.read('API_KEY_FRONTEND_SIGNING'),
  await source.read('API_KEY_SIGNING_CERTTRANSPARENCY'),
]
