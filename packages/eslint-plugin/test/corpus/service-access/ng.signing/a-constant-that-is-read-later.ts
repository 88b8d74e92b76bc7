// @reports name
interface Source {
  read(name: string): Promise<unknown>
}
const SECRET_NAME = 'DATABASE_FRONTEND'
export class Reader {
  constructor(private readonly source: Source) {}
  read() {
    return this.source.read(SECRET_NAME)
  }
}
