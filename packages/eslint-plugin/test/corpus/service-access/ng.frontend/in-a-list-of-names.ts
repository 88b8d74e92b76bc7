// @reports name
declare function readAll(names: readonly string[]): Promise<unknown[]>
export const all = await readAll(['DATABASE_FRONTEND', 'CA_PASSPHRASE_SIGNING'])
