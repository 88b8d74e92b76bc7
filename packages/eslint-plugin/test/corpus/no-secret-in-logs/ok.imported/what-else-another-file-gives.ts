import { drawer } from '../../vault.ts'
console.log('opened a drawer', drawer.size, drawer.left.label)
