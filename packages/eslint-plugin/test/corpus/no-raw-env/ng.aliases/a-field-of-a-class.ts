export class Settings {
  private readonly env = process.env

  get adminToken() {
    return this.env.ADMIN_TOKEN
  }
}
