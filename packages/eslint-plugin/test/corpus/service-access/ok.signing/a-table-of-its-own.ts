declare function readAll(names: readonly string[]): Promise<unknown[]>
export const all = await readAll(['CA_PASSPHRASE_SIGNING', 'API_KEY_FRONTEND_SIGNING'])
