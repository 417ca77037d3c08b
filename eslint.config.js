import { housePreset } from './tooling/eslint/preset.js'

export default housePreset({ rootDirectory: import.meta.dirname })
