export { nearest } from '../../domain/shared/nearest.js';
