export const page = await Bun.file('index.html').text()
export const version = Bun.version
