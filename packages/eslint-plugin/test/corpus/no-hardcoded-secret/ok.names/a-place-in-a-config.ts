export default { app: { port: 3000, secret: 'shop.shared__CHANGE_ME__' } }
