export const schema = 'https://raw.githubusercontent.com/acme/app/RANDOM_HEX_40/schema.json'
