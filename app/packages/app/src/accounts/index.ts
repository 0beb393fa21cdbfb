export { accountsModule } from './module';
