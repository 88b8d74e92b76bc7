// @reports name
interface Source {
  read(name: string): Promise<unknown>
}
export const load = (source: Source) => source.read('CA_PASSPHRASE_SIGNING')
