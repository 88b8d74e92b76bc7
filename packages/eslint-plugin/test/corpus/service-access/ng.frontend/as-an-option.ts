// @reports name
declare function openVaultSource(options: { names: Record<string, string> }): unknown
export const source = openVaultSource({ names: { ca: 'CA_PASSPHRASE_SIGNING' } })
