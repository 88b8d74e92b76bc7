declare function mask(text: string): string
export const report = (apiToken: string) => console.log('using', mask(apiToken))
