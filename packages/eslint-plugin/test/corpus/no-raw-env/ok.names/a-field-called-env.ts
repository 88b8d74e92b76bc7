export class Loader {
  constructor(private readonly env: Record<string, string | undefined>) {}

  token() {
    return this.env.ADMIN_TOKEN
  }
}
