export { connectionsPlugin } from './plugin';
