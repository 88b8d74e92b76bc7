// @reports name
interface Source {
  read(name: string): Promise<unknown>
}
const NAME = `${'DATABASE'}_CERTTRANSPARENCY`
export const load = (source: Source) => source.read(NAME)
